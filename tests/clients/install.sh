#!/bin/sh
# Puts the published files of the viewers in packages.txt, beside this, into a folder: one folder below it for each, as
# npm packed it, without the packages it was built from. Usage: install.sh FOLDER
set -eu

packages=$(cat "$(dirname "$0")/packages.txt")
mkdir -p "$1"
cd "$1"
echo "voxelcast: fetching the viewers that the tests drive:" $packages "..."
for package in $packages; do
    archive=$(npm pack --silent "$package")
    rm -rf "${package%@*}"
    mkdir -p "${package%@*}"
    tar -xzf "$archive" -C "${package%@*}" --strip-components=1
    rm "$archive"
done

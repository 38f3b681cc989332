#!/bin/sh
# Installs the system libraries that Voxelcast draws with, where they are missing: says what, and what to type where it
# may not. Usage: setup-system.sh [--dev]; --dev adds Chromium, which tests drive, npm, which fetches the viewers in
# JavaScript, and libmagic, which iiif-validator looks at files with.
set -eu

missing=""
need() { missing="$missing $1"; }

has_library() { # a pattern for the name of a shared library
    for folder in /usr/lib/*-linux-gnu /usr/lib64 /usr/lib /lib/*-linux-gnu; do
        for file in "$folder"/$1; do
            [ -e "$file" ] && return 0
        done
    done
    return 1
}

has_llvm() { # of version 15 or newer, under either of its names
    for version in 15 16 17 18 19 20 21 22 23 24; do
        has_library "libLLVM-$version.so*" && return 0
        has_library "libLLVM.so.$version*" && return 0
    done
    return 1
}

# The newest libLLVM that the distribution has, but 19 where it is among them: it is the one that most was drawn with.
llvm_package() {
    apt-cache search --names-only '^libllvm[0-9]+(t64)?$' | awk '
        { name = $1; n = name; gsub(/libllvm|t64/, "", n); n += 0 }
        n >= 15 && (n == 19 || (best != 19 && n > best)) { best = n; found = name }
        END { print found }'
}

python=$(command -v "${PYTHON:-python3}" || true)
if [ -n "$python" ] && ! "$python" -c 'import ensurepip' 2>/dev/null; then
    need "python$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv"
fi
has_library 'libatomic.so.1*' || need libatomic1 # Dr.Jit's wheel is linked with it and does not bring it
has_library 'libEGL.so.1*' || need libegl1
has_library 'dri/swrast_dri.so' || has_library 'libgallium*.so' || need libgl1-mesa-dri
if [ "${1:-}" = --dev ]; then
    command -v chromium >/dev/null || command -v google-chrome >/dev/null || need chromium
    command -v npm >/dev/null || need npm
    has_library 'libmagic.so.1*' || need libmagic1
fi
has_llvm || need libllvm19 # by this name in a message; what is installed is what the distribution has
[ -z "$missing" ] && exit 0

if ! command -v apt-get >/dev/null; then
    echo "voxelcast: missing here (by Debian's names):$missing" >&2
    echo "voxelcast: install them with this system's package manager; going on without." >&2
    exit 0
fi
sudo=""
if [ "$(id -u)" != 0 ]; then
    sudo="sudo"
    if ! command -v sudo >/dev/null || ! { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
        echo "voxelcast: system libraries are missing and this user may not install them. Type, or ask for:" >&2
        echo "    sudo apt-get install$missing" >&2
        echo "voxelcast: going on without." >&2
        exit 0
    fi
fi
echo "voxelcast: looking for system libraries in the distribution ..."
$sudo apt-get update -qq
if ! has_llvm; then
    missing=$(echo "$missing" | sed "s/ libllvm19/ $(llvm_package)/")
    [ -n "$(llvm_package)" ] || echo "voxelcast: no libLLVM of 15 or newer in this distribution: no compute renderer." >&2
fi
echo "voxelcast: installing$missing"
# shellcheck disable=SC2086
DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends $missing >/dev/null

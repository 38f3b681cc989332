// What the page asks of the server about movies. Each throws an Error in the server's own words where it refuses.

import { ask, escaped } from "./server.js";

/** Pixels of a thumbnail, twice those on the page. */
const THUMBNAIL = [128, 80];

function post(path, value) {
  const headers = { "Content-Type": "application/json" };
  return ask(path, { method: "POST", headers, body: JSON.stringify(value) });
}

/** {seconds, views}: `count` views in equal steps from the beginning of `animation` to its end. */
export async function between(animation, count) {
  return (await post(`movies/views?count=${count}`, animation)).json();
}

/** The job that draws `animation`: {id, state, done, frames, message}. */
export async function begin(animation) {
  return (await post("movies", animation)).json();
}

/** How far a job is. */
export async function progress(id) {
  return (await ask(`movies/${id}`)).json();
}

/** Ends a job, or removes its file. */
export async function cancel(id) {
  await ask(`movies/${id}`, { method: "DELETE" });
}

export function address(id) {
  return `movies/${id}.mp4`;
}

/** The address of a small picture of `view`. */
export async function thumbnail(view) {
  const path = `volumes/${escaped(view.volume)}/render.jpg?samples=1`;
  return URL.createObjectURL(await (await post(path, { ...view, size: THUMBNAIL })).blob());
}

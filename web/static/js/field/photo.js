/* The photo of a plate at its door: made smaller and drawn anew, so that nothing but the picture is left (no position, device or time inside). */

const LONGEST_PX = 1600;
const SHORTEST_PX = 400;
const QUALITY = 0.82;
const DARK = 18; // mean brightness 0..255 under which nobody can see what is on it

/** A camera file as {photo: Blob (JPEG), width, height} or {problem: "unreadable" | "small" | "dark"}. */
export async function prepare(file) {
  let bitmap;
  try { bitmap = await createImageBitmap(file, { imageOrientation: "from-image" }); } catch { return { problem: "unreadable" }; }
  try {
    if (Math.min(bitmap.width, bitmap.height) < SHORTEST_PX) return { problem: "small" };
    const scale = Math.min(1, LONGEST_PX / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(bitmap.width * scale);
    canvas.height = Math.round(bitmap.height * scale);
    const pen = canvas.getContext("2d");
    pen.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    if (brightness(canvas) < DARK) return { problem: "dark" };
    const photo = await new Promise((resolve) => { canvas.toBlob(resolve, "image/jpeg", QUALITY); });
    return photo ? { photo, width: canvas.width, height: canvas.height } : { problem: "unreadable" };
  } finally { bitmap.close(); }
}

function brightness(canvas) {
  const small = document.createElement("canvas");
  small.width = small.height = 32;
  const pen = small.getContext("2d", { willReadFrequently: true });
  pen.drawImage(canvas, 0, 0, 32, 32);
  const { data } = pen.getImageData(0, 0, 32, 32);
  let sum = 0;
  for (let i = 0; i < data.length; i += 4) sum += 0.2126 * data[i] + 0.7152 * data[i + 1] + 0.0722 * data[i + 2];
  return sum / (data.length / 4);
}

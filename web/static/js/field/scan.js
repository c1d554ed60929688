/* Reading a plate's QR code, from the camera or from a picture. Needs the vendored barcode-detector (global BarcodeDetectionAPI). */

const EVERY_MS = 140;
let detector = null;

/** Prepare the decoder with its WebAssembly file from our own site (by default it would come from elsewhere). */
export function prepare(wasmUrl) {
  window.BarcodeDetectionAPI.setZXingModuleOverrides({ locateFile: (path, prefix) => (path.endsWith(".wasm") ? wasmUrl : prefix + path) });
  detector = new window.BarcodeDetectionAPI.BarcodeDetector({ formats: ["qr_code"] });
}

/** A serial as it is compared: width folded, blanks dropped, capitals. " ab-１２ " -> "AB-12" */
export function tidySerial(text) {
  return text.normalize("NFKC").replace(/\s+/g, "").toUpperCase();
}

/** Serial and signature in a plate's address ({base}/p/{serial}?s={signature}), or null for any other code. */
export function readPlateAddress(text) {
  let address;
  try { address = new URL(text.trim()); } catch { return null; }
  if (!/^https?:$/.test(address.protocol)) return null;
  const found = address.pathname.match(/\/p\/([^/]+)\/?$/);
  if (!found) return null;
  let serial;
  try { serial = tidySerial(decodeURIComponent(found[1])); } catch { return null; }
  return { serial, signature: address.searchParams.get("s") ?? "" };
}

/** All QR texts in a picture (Blob, canvas, video frame). */
export async function codesIn(picture) {
  return (await detector.detect(picture)).map((found) => found.rawValue);
}

/** The plate in a still picture; "none" without any code, "foreign" when the codes are not plates. */
export async function plateInPicture(file) {
  const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  try {
    const texts = await codesIn(bitmap);
    if (!texts.length) return "none";
    return texts.map(readPlateAddress).find(Boolean) ?? "foreign";
  } finally { bitmap.close(); }
}

/** The camera, looking until a plate is seen. onPlate gets {serial, signature}; onForeign is called for other codes. Returns {stop, torch}. */
export async function watchCamera(video, onPlate, onForeign) {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: { facingMode: { ideal: "environment" }, width: { ideal: 1280 }, height: { ideal: 720 } } });
  video.srcObject = stream;
  await video.play();
  let running = true;
  const stop = () => {
    running = false;
    stream.getTracks().forEach((track) => track.stop());
    video.srcObject = null;
  };
  const look = async () => {
    while (running) {
      if (video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) {
        const texts = await codesIn(video);
        const plate = texts.map(readPlateAddress).find(Boolean);
        if (plate && running) { stop(); onPlate(plate); return; }
        if (texts.length) onForeign();
      }
      await new Promise((resolve) => { setTimeout(resolve, EVERY_MS); });
    }
  };
  const failed = look();
  const [track] = stream.getVideoTracks();
  const torch = track.getCapabilities?.().torch ? (on) => track.applyConstraints({ advanced: [{ torch: on }] }) : null;
  return { stop, torch, failed };
}

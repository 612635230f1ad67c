// Photos shrunk in the browser, marked with time, place and officer; and the signature drawn by a finger.
const SIDE = 1600;

const blobOf = (canvas, type, quality) => new Promise((resolve) => canvas.toBlob(resolve, type, quality));

export async function shrink(file, lines) {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, SIDE / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  const draw = canvas.getContext("2d");
  draw.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  const size = Math.max(12, Math.round(canvas.width / 45)), line = size * 1.4;
  draw.font = `${size}px sans-serif`;
  draw.fillStyle = "rgba(0,0,0,.55)";
  draw.fillRect(0, canvas.height - line * lines.length - size / 2, canvas.width, line * lines.length + size / 2);
  draw.fillStyle = "#fff";
  lines.forEach((text, n) => draw.fillText(text, size / 2, canvas.height - line * (lines.length - n - 1) - size / 2, canvas.width - size));
  return blobOf(canvas, "image/jpeg", 0.82);
}

export function signature(canvas, changed) {
  const draw = canvas.getContext("2d");
  let last = null, any = false;
  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    return [((event.clientX - box.left) * canvas.width) / box.width, ((event.clientY - box.top) * canvas.height) / box.height];
  };
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    last = at(event);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!last) return;
    const here = at(event);
    draw.lineWidth = 5;
    draw.lineCap = "round";
    draw.strokeStyle = "#10131a";
    draw.beginPath();
    draw.moveTo(...last);
    draw.lineTo(...here);
    draw.stroke();
    last = here;
    any = true;
  });
  const up = () => {
    if (last && any) changed(blobOf(canvas, "image/png"));
    last = null;
  };
  canvas.addEventListener("pointerup", up);
  canvas.addEventListener("pointercancel", up);
  return {
    clear() {
      draw.clearRect(0, 0, canvas.width, canvas.height);
      any = false;
      changed(null);
    },
    async show(blob) {
      draw.drawImage(await createImageBitmap(blob), 0, 0, canvas.width, canvas.height);
    },
  };
}

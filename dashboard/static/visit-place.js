// When and where: the server's clock, carried on from the moment the page was made, and the phone's position.
import { say } from "./visit-say.js";

const R = 6371008.8;

export function clock({ ahead, zone }) {
  const minutes = (zone[0] === "-" ? -1 : 1) * (60 * +zone.slice(1, 3) + +zone.slice(4));
  return () => new Date(Date.now() + ahead + minutes * 6e4).toISOString().slice(0, 19) + zone;
}

// how far a page made at `now` is ahead of this phone: a demo city's clock and a phone set wrong agree so
export const lead = (now) => ({ ahead: Date.parse(now) - Date.now(), zone: now.match(/[+-]\d\d:\d\d$/)?.[0] ?? "+00:00" });

export function metres(a, b) {
  const rad = Math.PI / 180, dlat = (b.lat - a.lat) * rad, dlon = (b.lon - a.lon) * rad;
  const h = Math.sin(dlat / 2) ** 2 + Math.cos(a.lat * rad) * Math.cos(b.lat * rad) * Math.sin(dlon / 2) ** 2;
  return 2 * R * Math.asin(Math.sqrt(h));
}

// 350 米, 9.3 公里
export const way = (m) => (m < 999.5 ? say("metres", { n: Math.round(m) }) : say("kilometres", { n: (m / 1000).toFixed(1) }));

// → {lon, lat, accuracy} or {why: "denied" | "nowhere"}
export const position = () =>
  new Promise((resolve) => {
    if (!navigator.geolocation) return resolve({ why: "nowhere" });
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => resolve({ lon: coords.longitude, lat: coords.latitude, accuracy: Math.round(coords.accuracy) }),
      (error) => resolve({ why: error.code === error.PERMISSION_DENIED ? "denied" : "nowhere" }),
      { enableHighAccuracy: true, timeout: 15000, maximumAge: 30000 },
    );
  });

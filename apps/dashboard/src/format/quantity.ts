/** Numbers as people read them. Every function is pure; what is unknown becomes a dash, never a guess. */

import { t } from '../texts/texts.js';

export const unknown = '–';

const counts = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** 12345 → "12,345" */
export const count = (value: number): string => counts.format(value);

/** Bytes in binary units with three significant digits: 3.42 GiB. */
export function bytes(value: number | null): string {
  if (value === null) return unknown;
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = value < 1 ? 0 : Math.min(Math.floor(Math.log2(value) / 10), units.length - 1);
  const scaled = value / 1024 ** power;
  return `${scaled.toFixed(power === 0 || scaled >= 100 ? 0 : scaled >= 10 ? 1 : 2)} ${units[power]}`;
}

/** Seconds as the two largest units: "0.8 s", "42 s", "3 min 05 s", "2 h 10 min", "4 d 3 h". */
export function duration(seconds: number | null): string {
  if (seconds === null || !Number.isFinite(seconds)) return unknown;
  if (seconds < 9.95) return `${Math.max(0, seconds).toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const two = (value: number) => String(value).padStart(2, '0');
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
  return `${Math.floor(whole / 86_400)} d ${Math.floor((whole % 86_400) / 3600)} h`;
}

/** What an uncertain time lies between; one of the two where both read the same: "2 min 10 s – 4 min 05 s". */
export function between({ low, high }: { low: number; high: number }): string {
  const [from, to] = [duration(low), duration(high)];
  return from === to ? from : `${from} – ${to}`;
}

/** Watt hours with two or three digits: "0.42 Wh", "84 Wh", "1.25 kWh". */
export const energy = (wattHours: number): string =>
  wattHours < 999.5 ? `${Number(wattHours.toPrecision(2))} Wh` : `${(wattHours / 1000).toFixed(2)} kWh`;

/** How long ago `time` was at `now` (ms since the epoch): "now", "12 s ago", "5 min ago", "3 h ago", then the date. */
export function ago(time: string | null, now: number): string {
  if (time === null) return unknown;
  const seconds = Math.round((now - Date.parse(time)) / 1000);
  if (seconds < 3) return t.units.now;
  if (seconds < 60) return t.units.ago(`${seconds} s`);
  if (seconds < 3600) return t.units.ago(`${Math.floor(seconds / 60)} min`);
  if (seconds < 86_400) return t.units.ago(`${Math.floor(seconds / 3600)} h`);
  return date(time);
}

const dates = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
const times = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });

const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });

/** "14:03:12", from ms since the epoch. */
export const timeOfDay = (ms: number): string => clock.format(ms);
export const date = (time: string): string => dates.format(new Date(time));
export const dateTime = (time: string | null): string => (time === null ? unknown : times.format(new Date(time)));

/** Seconds between two times, null while one is missing. */
export function secondsBetween(from: string | null, to: string | null): number | null {
  return from === null || to === null ? null : (Date.parse(to) - Date.parse(from)) / 1000;
}

/** A share as whole percent, rounded down so that 100 % means all of it. */
export const percent = (part: number, whole: number): string =>
  whole === 0 ? '0 %' : `${Math.floor((100 * part) / whole)} %`;

/** The first characters of a hash or an id: enough to tell two apart. */
export const short = (hash: string, length = 10): string => (hash.length > length ? hash.slice(0, length) : hash);

/** Pictures per minute: "0", "0.4", "18", "1,204". */
export const pace = (perMinute: number): string =>
  perMinute > 0 && perMinute < 10 ? perMinute.toFixed(1) : count(perMinute);

import { expect, test } from 'vitest';
import { epochOf, zoneMinutes, zoneOf } from './clock.ts';

const at = (month: string, day: number, hours = 12) => ({ month, day, ofDay: hours * 3_600_000 });
const newYear = { now: Date.UTC(2027, 0, 1, 0, 30), zone: 0 };

test('the year is the one that lies nearest', () => {
  expect(epochOf(at('Dec', 31, 23), newYear)).toBe(Date.UTC(2026, 11, 31, 23));
  expect(epochOf(at('Jan', 1, 0), newYear)).toBe(Date.UTC(2027, 0, 1));
  expect(epochOf(at('Feb', 29), { now: Date.UTC(2028, 2, 1), zone: 0 })).toBe(Date.UTC(2028, 1, 29, 12));
});

test('a month in another language is the one that lies nearest', () => {
  for (const month of ['Dez.', 'déc.', '12月'])
    expect(epochOf(at(month, 31, 23), newYear)).toBe(Date.UTC(2026, 11, 31, 23));
  expect(epochOf(at('Jän', 1, 0), newYear)).toBe(Date.UTC(2027, 0, 1));
});

test('zones, also those that are half an hour off', () => {
  expect([zoneMinutes('+0000'), zoneMinutes('-0930'), zoneMinutes('+0545'), zoneMinutes('')]).toEqual([
    0, -570, 345, 0,
  ]);
  expect(epochOf(at('Jan', 1, 5), { ...newYear, zone: 330 })).toBe(Date.UTC(2026, 11, 31, 23, 30));
  const exactly = Date.UTC(2026, 11, 31, 23, 30) + 40;
  for (const zone of [0, 330, -570, 345, 840, -720]) {
    const shown = new Date(exactly + zone * 60_000);
    const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
    const ofDay = shown.getTime() % 86_400_000;
    expect(
      zoneOf({ month: months[shown.getUTCMonth()] ?? '', day: shown.getUTCDate(), ofDay }, exactly),
    ).toBe(zone);
  }
});

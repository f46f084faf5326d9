import { z } from 'zod';

/** The ten streets (街道) of Futian, Chinese name and pinyin, with a point near the middle of each (WGS-84, approximate). */
export const STREETS = [
  { zh: '园岭', en: 'Yuanling', lat: 22.5525, lon: 114.1003 },
  { zh: '南园', en: 'Nanyuan', lat: 22.5357, lon: 114.0905 },
  { zh: '福田', en: 'Futian', lat: 22.5286, lon: 114.0653 },
  { zh: '沙头', en: 'Shatou', lat: 22.5276, lon: 114.0343 },
  { zh: '梅林', en: 'Meilin', lat: 22.5716, lon: 114.0605 },
  { zh: '华富', en: 'Huafu', lat: 22.5508, lon: 114.0801 },
  { zh: '香蜜湖', en: 'Xiangmihu', lat: 22.5462, lon: 114.0291 },
  { zh: '莲花', en: 'Lianhua', lat: 22.5571, lon: 114.0592 },
  { zh: '华强北', en: 'Huaqiangbei', lat: 22.5451, lon: 114.0846 },
  { zh: '福保', en: 'Fubao', lat: 22.5148, lon: 114.0501 },
] as const;

/** The canonical form of a street is its Chinese name without 街道. */
export type Street = (typeof STREETS)[number]['zh'];

/** `莲花`, `莲花街道`, `Lianhua`, `lianhua` → `莲花`; undefined for anything else. */
export function streetOf(text: string): Street | undefined {
  const wanted = text
    .trim()
    .replace(/(街道|\s*(sub-?district|street))$/i, '')
    .toLowerCase();
  return STREETS.find((s) => s.zh === wanted || s.en.toLowerCase() === wanted)?.zh;
}

export const streetSchema = z.string().transform((text, ctx): Street => {
  const street = streetOf(text);
  if (street !== undefined) return street;
  ctx.addIssue({
    code: 'custom',
    message: `unknown street, one of ${STREETS.map((s) => `${s.zh} (${s.en})`).join(', ')}`,
  });
  return z.NEVER;
});

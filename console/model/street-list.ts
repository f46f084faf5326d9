import type { Street } from '../../schemas/streets.ts';

/** The ten streets with a point near the middle of each; a copy typed by the schema's own list, which would bring zod along. */
export const STREET_POINTS: Record<Street, { en: string; lat: number; lon: number }> = {
  园岭: { en: 'Yuanling', lat: 22.5525, lon: 114.1003 },
  南园: { en: 'Nanyuan', lat: 22.5357, lon: 114.0905 },
  福田: { en: 'Futian', lat: 22.5286, lon: 114.0653 },
  沙头: { en: 'Shatou', lat: 22.5276, lon: 114.0343 },
  梅林: { en: 'Meilin', lat: 22.5716, lon: 114.0605 },
  华富: { en: 'Huafu', lat: 22.5508, lon: 114.0801 },
  香蜜湖: { en: 'Xiangmihu', lat: 22.5462, lon: 114.0291 },
  莲花: { en: 'Lianhua', lat: 22.5571, lon: 114.0592 },
  华强北: { en: 'Huaqiangbei', lat: 22.5451, lon: 114.0846 },
  福保: { en: 'Fubao', lat: 22.5148, lon: 114.0501 },
};
export const STREET_NAMES = Object.keys(STREET_POINTS) as Street[];

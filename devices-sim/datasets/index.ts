import { casasAruba } from './casas-aruba.ts';
import { casasHhAl } from './casas-hh-al.ts';
import { cinc2012, cinc2019 } from './cinc-vitals.ts';
import type { Dataset } from './dataset.ts';
import { geolife } from './geolife.ts';
import { kasteren } from './kasteren.ts';
import { mitPlacelab } from './mit-placelab.ts';
import { sisfall, wedaFall } from './motion-trials.ts';

/** Every recording that can be replayed, by the name that the command line takes. */
export const DATASETS: readonly Dataset[] = [
  casasHhAl,
  casasAruba,
  kasteren,
  mitPlacelab,
  cinc2012,
  cinc2019,
  geolife,
  sisfall,
  wedaFall,
];

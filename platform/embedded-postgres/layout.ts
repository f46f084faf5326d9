import { join } from 'node:path';

export const SUPERUSER = 'yinling';
export const DATABASE = 'yinling';
export const SETTINGS_FILE = 'yinling.conf';
export const PASSWORD_FILE = 'yinling-password';

export const clusterPath = (dataDir: string): string => join(dataDir, 'postgres');

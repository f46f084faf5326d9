/** What people write in Chinese files for our words. */
export const GENDER_WORDS = { 女: 'female', 男: 'male', 其他: 'other' };
export const ROLE_WORDS = {
  养老护理员: 'care_worker',
  护理员: 'care_worker',
  护士: 'nurse',
  医生: 'doctor',
  社工: 'social_worker',
  志愿者: 'volunteer',
  义工: 'volunteer',
  物业: 'property_staff',
  养老服务专员: 'community_officer',
  技术员: 'technician',
};
export const SERVICE_WORDS = {
  助餐: 'meal',
  助浴: 'bath',
  助洁: 'clean',
  助急: 'urgent',
  助行: 'mobility',
  助医: 'medical',
  照料看护: 'care',
  护理: 'care',
  代买菜: 'errand',
  代购药: 'errand',
  代办: 'errand',
  维修: 'repair',
};
export const DEVICE_WORDS = {
  一键呼叫: 'sos_button',
  红外: 'pir',
  摄像头: 'camera',
  毫米波雷达: 'mmwave',
  门磁: 'door',
  床垫: 'bed',
  跌倒探测器: 'fall_detector',
  健康监测: 'health_monitor',
  定位器: 'locator',
  手环: 'wearable',
  智慧屏: 'smart_screen',
  机器人: 'robot',
  网关: 'gateway',
};
export const VEHICLE_WORDS = { 步行: 'foot', 自行车: 'bicycle', 电动车: 'e_bike', 汽车: 'car' };
export const MEANS_WORDS = { 上门: 'visit', 电话: 'call' };
export const LEVEL_WORDS = { 区: 'district', 街道: 'street', 社区: 'community', 驿站: 'post' };
export const DATUM_WORDS = {
  'GCJ-02': 'gcj02',
  GCJ02: 'gcj02',
  'BD-09': 'bd09',
  BD09: 'bd09',
  'WGS-84': 'wgs84',
  WGS84: 'wgs84',
};

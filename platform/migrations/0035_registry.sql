-- Registry: the four-level service network, what residents wish and are assessed at, leave, rules that are data.

create table organisations (
  id text primary key,
  level text not null check (level in ('district', 'street', 'community', 'post')),
  parent_id text references organisations (id),
  name text not null,
  street text,                             -- null: of the district
  community text,
  lat double precision,
  lon double precision,
  phone text,                              -- of a desk, not of a person
  version int not null default 1,
  created_at timestamptz not null,
  retired_at timestamptz,
  check ((level = 'district') = (parent_id is null)),
  check ((level = 'district') = (street is null))
);
create index organisations_parent on organisations (parent_id);
insert into organisations (id, level, parent_id, name, street, created_at) values
  ('futian', 'district', null, '福田区', null, '2024-01-01T00:00:00Z'),
  ('yuanling', 'street', 'futian', '园岭街道', '园岭', '2024-01-01T00:00:00Z'),
  ('nanyuan', 'street', 'futian', '南园街道', '南园', '2024-01-01T00:00:00Z'),
  ('futian-street', 'street', 'futian', '福田街道', '福田', '2024-01-01T00:00:00Z'),
  ('shatou', 'street', 'futian', '沙头街道', '沙头', '2024-01-01T00:00:00Z'),
  ('meilin', 'street', 'futian', '梅林街道', '梅林', '2024-01-01T00:00:00Z'),
  ('huafu', 'street', 'futian', '华富街道', '华富', '2024-01-01T00:00:00Z'),
  ('xiangmihu', 'street', 'futian', '香蜜湖街道', '香蜜湖', '2024-01-01T00:00:00Z'),
  ('lianhua', 'street', 'futian', '莲花街道', '莲花', '2024-01-01T00:00:00Z'),
  ('huaqiangbei', 'street', 'futian', '华强北街道', '华强北', '2024-01-01T00:00:00Z'),
  ('fubao', 'street', 'futian', '福保街道', '福保', '2024-01-01T00:00:00Z');

-- Caregivers who hold a key of the home.
alter table homes add column key_holders text[] not null default '{}';
-- {gender, languages, preferred: [caregiver], avoided: [caregiver]}: what deciding reads. What is said in words is sealed.
alter table residents add column wishes jsonb not null default '{}';
-- {since}: a bed at home under the programme (家庭养老床位), whose devices must be complete.
alter table residents add column family_bed jsonb;
alter table caregivers add column vehicle text;
-- Leave: takes away from the shifts of the caregiver instead of adding to them.
alter table shifts add column off boolean not null default false;

-- What is decided by the programme and not by us: rest, time bank, tariffs. One in force from each date on; a month is
-- settled by what was in force in it.
create table rules (
  name text not null,
  from_date date not null,
  body jsonb not null,
  set_at timestamptz not null,
  set_by text not null,
  primary key (name, from_date)
);

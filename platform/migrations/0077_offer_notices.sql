-- Offers go out by the channels too, as notices to one caregiver; what gateways report comes back: that it reached the
-- telephone, that it did not, which key was pressed.
alter table notices alter column alert_id drop not null;    -- an order without an alert is offered as well
alter table notices
  add column order_id text,
  add column offer_id text,
  add column caregiver_id text,
  add column received_at timestamptz,      -- by the telephone, as the gateway says
  add column answer text,                  -- accepted | declined | confirmed, by a key
  add column answered_at timestamptz;

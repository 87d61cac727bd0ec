--! expand
-- The system of record for price and stock. Every change is an event that both channels are told of.
create schema erp;

create table erp.items (
  sku text not null,
  slug text not null,
  title text not null,
  category text not null,
  description text not null,
  price_cents integer not null,
  previous_price_cents integer not null,
  price_version integer not null default 1,
  constraint items_pk primary key (sku),
  constraint items_price_positive check (price_cents > 0)
);

-- Stock is allotted per channel: two systems that sell side by side cannot share one count without overselling.
create table erp.stock (
  sku text not null,
  channel text not null,
  on_hand integer not null,
  constraint stock_pk primary key (sku, channel),
  constraint stock_item_fk foreign key (sku) references erp.items (sku),
  constraint stock_channel_known check (channel in ('legacy', 'commerce')),
  constraint stock_not_negative check (on_hand >= 0)
);

-- channel null: for both.
create table erp.events (
  seq bigint generated always as identity,
  id uuid not null default gen_random_uuid(),
  channel text,
  kind text not null,
  body jsonb not null,
  created_at timestamptz not null default now(),
  constraint events_pk primary key (seq),
  constraint events_id_unique unique (id)
);

create table erp.deliveries (
  channel text not null,
  last_seq bigint not null default 0,
  constraint deliveries_pk primary key (channel)
);

create table erp.orders (
  channel text not null,
  order_id uuid not null,
  number text not null,
  total_cents integer not null,
  placed_at timestamptz not null,
  constraint orders_pk primary key (channel, order_id)
);

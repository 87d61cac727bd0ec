--! expand
-- The commerce API: prices, stock with reservations, carts, checkout, orders.
create schema commerce;

create table commerce.categories (
  id text not null,
  title text not null,
  position integer not null,
  constraint categories_pk primary key (id)
);

create table commerce.products (
  sku text not null,
  slug text not null,
  title text not null,
  category text not null,
  description text not null,
  position integer not null,
  constraint products_pk primary key (sku),
  constraint products_slug_unique unique (slug),
  constraint products_category_fk foreign key (category) references commerce.categories (id)
);
create index products_category_idx on commerce.products (category, position);

create table commerce.prices (
  sku text not null,
  cents integer not null,
  previous_cents integer not null,
  version integer not null,
  constraint prices_pk primary key (sku),
  constraint prices_product_fk foreign key (sku) references commerce.products (sku)
);

create table commerce.stock (
  sku text not null,
  on_hand integer not null,
  reserved integer not null default 0,
  constraint stock_pk primary key (sku),
  constraint stock_product_fk foreign key (sku) references commerce.products (sku),
  -- The database itself refuses to oversell, whatever the code above it believes.
  constraint stock_not_oversold check (reserved between 0 and on_hand)
);

create table commerce.coupons (
  code text not null,
  kind text not null,
  value integer not null,
  min_subtotal_cents integer not null,
  valid_until timestamptz not null,
  constraint coupons_pk primary key (code),
  constraint coupons_kind_known check (kind in ('percent', 'fixed'))
);

create table commerce.gift_cards (
  code text not null,
  balance_cents integer not null,
  held_cents integer not null default 0,
  constraint gift_cards_pk primary key (code),
  constraint gift_cards_not_overdrawn check (held_cents between 0 and balance_cents)
);

create table commerce.carts (
  id uuid not null,
  created_at timestamptz not null default now(),
  order_id uuid,
  constraint carts_pk primary key (id)
);

create table commerce.cart_lines (
  cart_id uuid not null,
  sku text not null,
  quantity integer not null,
  constraint cart_lines_pk primary key (cart_id, sku),
  constraint cart_lines_cart_fk foreign key (cart_id) references commerce.carts (id) on delete cascade,
  constraint cart_lines_quantity check (quantity between 1 and 20)
);

-- One press of the pay button. Reserves stock and gift card money first, asks the bank, then places or releases.
create table commerce.checkouts (
  id uuid not null,
  idempotency_key text not null,
  fingerprint text not null,
  cart_id uuid not null,
  state text not null,
  method text not null,
  email text not null,
  store text,
  coupon_code text,
  gift_card_code text,
  gift_card_cents integer not null default 0,
  total_cents integer not null default 0,
  journey text,
  authorisation text,
  -- The answer that a repeat of the key receives.
  answer jsonb,
  created_at timestamptz not null default now(),
  -- Until then the process that reserved is at work on it; later a repeat may take over, or the sweeper releases.
  busy_until timestamptz not null,
  constraint checkouts_pk primary key (id),
  constraint checkouts_key_unique unique (idempotency_key),
  constraint checkouts_state_known check (state in ('reserved', 'placed', 'declined'))
);
create unique index checkouts_one_per_cart on commerce.checkouts (cart_id) where state in ('reserved', 'placed');
create index checkouts_stale_idx on commerce.checkouts (busy_until) where state = 'reserved';

create table commerce.checkout_lines (
  checkout_id uuid not null,
  sku text not null,
  slug text not null,
  title text not null,
  quantity integer not null,
  unit_cents integer not null,
  constraint checkout_lines_pk primary key (checkout_id, sku),
  constraint checkout_lines_checkout_fk foreign key (checkout_id) references commerce.checkouts (id) on delete cascade
);

-- An order is a checkout that was placed; it shares its id and lines.
create table commerce.orders (
  id uuid not null,
  number text not null,
  placed_at timestamptz not null default now(),
  exported_at timestamptz,
  constraint orders_pk primary key (id),
  constraint orders_checkout_fk foreign key (id) references commerce.checkouts (id)
);
create sequence commerce.order_numbers;
create index orders_to_export_idx on commerce.orders (placed_at) where exported_at is null;

create table commerce.erp_inbox (
  event_id uuid not null,
  applied_at timestamptz not null default now(),
  constraint erp_inbox_pk primary key (event_id)
);

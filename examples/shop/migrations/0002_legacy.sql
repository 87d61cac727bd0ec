--! expand
-- The legacy shop: one database of its own, fed by the ERP.
create schema legacy;

create table legacy.categories (
  id text not null,
  title text not null,
  position integer not null,
  constraint categories_pk primary key (id)
);

create table legacy.products (
  sku text not null,
  slug text not null,
  title text not null,
  category text not null,
  description text not null,
  position integer not null,
  price_cents integer not null,
  previous_price_cents integer not null,
  price_version integer not null,
  on_hand integer not null,
  constraint products_pk primary key (sku),
  constraint products_slug_unique unique (slug),
  constraint products_category_fk foreign key (category) references legacy.categories (id),
  constraint products_not_oversold check (on_hand >= 0)
);
create index products_category_idx on legacy.products (category, position);

create table legacy.coupons (
  code text not null,
  kind text not null,
  value integer not null,
  min_subtotal_cents integer not null,
  valid_until timestamptz not null,
  constraint coupons_pk primary key (code),
  constraint coupons_kind_known check (kind in ('percent', 'fixed'))
);

create table legacy.gift_cards (
  code text not null,
  balance_cents integer not null,
  constraint gift_cards_pk primary key (code),
  constraint gift_cards_not_overdrawn check (balance_cents >= 0)
);

create table legacy.carts (
  id uuid not null,
  created_at timestamptz not null default now(),
  ordered_at timestamptz,
  constraint carts_pk primary key (id)
);

create table legacy.cart_lines (
  cart_id uuid not null,
  sku text not null,
  quantity integer not null,
  constraint cart_lines_pk primary key (cart_id, sku),
  constraint cart_lines_cart_fk foreign key (cart_id) references legacy.carts (id) on delete cascade,
  constraint cart_lines_quantity check (quantity between 1 and 20)
);

create table legacy.orders (
  id uuid not null,
  number text not null,
  cart_id uuid not null,
  method text not null,
  state text not null,
  email text not null,
  store text,
  coupon_code text,
  gift_card_code text,
  gift_card_cents integer not null,
  total_cents integer not null,
  authorisation text,
  created_at timestamptz not null default now(),
  placed_at timestamptz,
  exported_at timestamptz,
  constraint orders_pk primary key (id),
  constraint orders_state_known check (state in ('pending', 'placed', 'refused', 'abandoned'))
);
create sequence legacy.order_numbers;
-- A cart is being paid or was paid once, however often the button is pressed.
create unique index orders_one_per_cart on legacy.orders (cart_id) where state in ('pending', 'placed');
create index orders_to_export_idx on legacy.orders (placed_at) where state = 'placed' and exported_at is null;
create index orders_pending_idx on legacy.orders (created_at) where state = 'pending';

create table legacy.order_lines (
  order_id uuid not null,
  sku text not null,
  slug text not null,
  title text not null,
  quantity integer not null,
  unit_cents integer not null,
  constraint order_lines_pk primary key (order_id, sku),
  constraint order_lines_order_fk foreign key (order_id) references legacy.orders (id) on delete cascade
);

-- Events of the ERP that were applied; a repeat changes nothing.
create table legacy.erp_inbox (
  event_id uuid not null,
  applied_at timestamptz not null default now(),
  constraint erp_inbox_pk primary key (event_id)
);

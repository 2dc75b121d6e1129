-- N orders as the plain pattern's own tasks leave them: for the yardstick at size. Text that only the count needs is short.
INSERT INTO plain_order (number, status, customer_id, customer_name, region, currency, po, promised_date, placed_at, updated_at)
SELECT 'Q-' || n, 'delivered', 'C-' || n %% 5000, 'Customer ' || n %% 5000, 'east', 'USD', 'PO-' || n, current_date, now(), now()
FROM generate_series(1, %(orders)s) AS n;
INSERT INTO plain_orderline (order_id, line, sku, ordered, allocated, shipped)
SELECT id, line::text, 'SKU-' || line, 10, 10, 10 FROM plain_order, generate_series(1, 3) AS line WHERE number LIKE 'Q-%%';
INSERT INTO plain_leg (number, order_id, partner, site, status)
SELECT 'L-' || number || '-' || part, id, 'northstar', 'ATL-1', 'picked' FROM plain_order, generate_series(1, 2) AS part
WHERE number LIKE 'Q-%%';
INSERT INTO plain_shipment (number, leg_id, carrier, tracking, status, posting, invoice)
SELECT 'S-' || number, id, 'UPSN', '1Z' || number, 'delivered', 'GI-' || number, 'INV-' || number FROM plain_leg
WHERE number LIKE 'L-Q-%%';
INSERT INTO plain_milestone (order_id, subject, name, occurred_at, received_at)
SELECT id, number, 'step-' || step, now(), now() FROM plain_order, generate_series(1, 20) AS step WHERE number LIKE 'Q-%%';
INSERT INTO plain_event (source, event_id, type, time, received_at, data)
SELECT 'urn:bench:fill', number || '/' || step, 'distsync.leg.released.v1', now(), now(),
    jsonb_build_object('order', number, 'leg', 'L-' || number, 'site', 'ATL-1', 'partner', 'northstar', 'lines',
        jsonb_build_array(jsonb_build_object('line', '1', 'sku', 'GLV-NIT-M', 'quantity', 10)))
FROM plain_order, generate_series(1, 20) AS step WHERE number LIKE 'Q-%%';
ANALYZE;

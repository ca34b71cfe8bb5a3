/** A create of two lines; what the parts are does not matter to servers that look none up. */
export const createBody = JSON.stringify({
  items: [
    { part_uuid: "0199a3b0-0001-7000-8000-000000000001", quantity: 2 },
    { part_uuid: "0199a3b0-0002-7000-8000-000000000002", quantity: 1 },
  ],
});

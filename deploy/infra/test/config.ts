/** Set where Python with pip may be used, as in CI: `npm test` promises to need nothing but Node. */
export const infraTests = process.env.GANTRY_INFRA_TESTS !== undefined;

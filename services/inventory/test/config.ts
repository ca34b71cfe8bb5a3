/** A MongoDB for the tests that need one; without it they are skipped. */
export const mongoUrl = process.env.MONGO_URL;

/** Read here and not by the services, so that no service can forget to ask. */
export const isProduction = (): boolean => process.env.NODE_ENV === "production";

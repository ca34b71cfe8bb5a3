/** What every package's vitest run shares: workspace sources instead of dist, files beside the code or under test/. */
declare const _default: import("vite").UserConfig;
export default _default;
//# sourceMappingURL=vitest.shared.d.ts.map

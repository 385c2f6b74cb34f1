// MapLibre's worker as text: vite.report.config.ts gives it.
declare module 'virtual:worker' {
  const text: string;
  export default text;
}

// expect error TS2304: Cannot find name 'setTimeout'
export const timer = setTimeout(() => {}, 1);

// expect error TS2304: Cannot find name 'setTimeout'
// expect Cannot find name 'Buffer'
export const timer = setTimeout(() => Buffer.alloc(1), 1);

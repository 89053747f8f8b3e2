// expect Cannot find name 'Buffer'
// expect error TS2304: Cannot find name 'setTimeout'
export const bytes = setTimeout(() => Buffer.alloc(1), 1);

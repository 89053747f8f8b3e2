// expect Cannot find name 'Buffer'
export const bytes = Buffer.alloc(1);

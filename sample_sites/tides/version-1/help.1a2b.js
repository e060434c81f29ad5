export const text = 'help 1';

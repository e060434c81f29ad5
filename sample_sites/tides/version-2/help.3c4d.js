export const text = 'help 2';

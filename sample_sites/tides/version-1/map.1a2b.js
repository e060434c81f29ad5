export const text = 'map 1';

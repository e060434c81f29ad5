export const text = 'map 2';

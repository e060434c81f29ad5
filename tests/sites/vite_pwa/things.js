export const things = ['Tent', 'Lamp', 'Rope'];

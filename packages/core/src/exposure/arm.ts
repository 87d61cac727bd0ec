export type Arm = 'control' | 'candidate'

/** Mantine dressed in the page's own colours (`tokens.css`). */
import {
  ActionIcon,
  Button,
  createTheme,
  SegmentedControl,
  Skeleton,
  type CSSVariablesResolver,
  type MantineColorsTuple,
} from '@mantine/core';

const safelight: MantineColorsTuple = [
  '#fff6e5',
  '#ffe9c4',
  '#fcd48f',
  '#f8c064',
  '#f2a93b',
  '#e39a2b',
  '#c47d12',
  '#8f5400',
  '#6f4200',
  '#4d2e00',
];

export const theme = createTheme({
  colors: { safelight },
  primaryColor: 'safelight',
  primaryShade: { dark: 4, light: 7 },
  autoContrast: true,
  luminanceThreshold: 0.4,
  defaultRadius: 'sm',
  fontFamily: 'var(--sans)',
  fontFamilyMonospace: 'var(--mono)',
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    Button: Button.extend({ defaultProps: { size: 'xs', variant: 'default', fw: 500 } }),
    ActionIcon: ActionIcon.extend({ defaultProps: { size: 28, variant: 'subtle', color: 'gray' } }),
    SegmentedControl: SegmentedControl.extend({ defaultProps: { size: 'xs' } }),
    Skeleton: Skeleton.extend({ defaultProps: { radius: 'sm' } }),
  },
});

export const variables: CSSVariablesResolver = () => {
  const own = {
    '--mantine-color-body': 'var(--ground)',
    '--mantine-color-text': 'var(--ink)',
    '--mantine-color-dimmed': 'var(--ink-faint)',
    '--mantine-color-default': 'var(--raised)',
    '--mantine-color-default-hover': 'var(--line)',
    '--mantine-color-default-color': 'var(--ink)',
    '--mantine-color-default-border': 'var(--line-strong)',
    '--mantine-color-placeholder': 'var(--ink-faint)',
    '--mantine-color-error': 'var(--bad)',
  };
  return { variables: {}, dark: own, light: own };
};

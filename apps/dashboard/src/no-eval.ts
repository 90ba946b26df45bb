/** The page's content security policy allows no `eval`; zod asks for it unless told so before its first schema. */
import { z } from 'zod';

z.config({ jitless: true });

/** Every page but the inspector in a real browser, against one daemon. */

import './suites/shell.ts';
import './suites/book.ts';
import './suites/system.ts';
import { openDesk } from './desk.ts';

openDesk('pages');

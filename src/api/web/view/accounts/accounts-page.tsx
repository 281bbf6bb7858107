/** The accounts page: what each account has and holds. */

import { AccountSections } from '../account.tsx';

export function AccountsPage() {
  return <AccountSections />;
}

//! Accounts that exist already, for servers that send their codes to real phones.

use super::crew::Role;

/// Somebody who has an account.
#[derive(Clone)]
pub struct Account {
    /// Buyer or worker.
    pub(super) role: Role,
    /// The number.
    pub(super) phone: String,
    /// The password.
    pub(super) password: String,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account").field("role", &self.role).finish_non_exhaustive()
    }
}

/// Reads accounts from lines of `buyer,+27821234567,password`. Empty lines and lines that begin with `#` do not count.
pub fn read_accounts(text: &str) -> Result<Vec<Account>, String> {
    let lines = text.lines().enumerate().map(|(number, line)| (number + 1, line.trim()));
    let kept = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    kept.map(|(number, line)| {
        let mut parts = line.splitn(3, ',');
        let mut part = || parts.next().unwrap_or_default().trim().to_owned();
        let (role, phone, password) = (part(), part(), part());
        let role = match role.as_str() {
            "buyer" => Role::Buyer,
            "worker" => Role::Worker,
            _ => return Err(format!("line {number}: begins with neither buyer nor worker")),
        };
        if phone.is_empty() || password.is_empty() {
            return Err(format!(
                "line {number}: must be role, number and password, with commas between them"
            ));
        }
        Ok(Account { role, phone, password })
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_an_account_and_a_password_may_hold_commas() {
        let accounts =
            read_accounts("# people\n\nbuyer, 0821234567, a,b c\nworker,+27731234567,test1234\n").unwrap();
        let told: Vec<_> =
            accounts.iter().map(|one| (one.role, one.phone.as_str(), one.password.as_str())).collect();
        let expected = [(Role::Buyer, "0821234567", "a,b c"), (Role::Worker, "+27731234567", "test1234")];
        assert_eq!(told, expected);
    }

    #[test]
    fn a_line_that_is_none_is_named() {
        assert!(read_accounts("buyer,1,2\nseller,1,2").unwrap_err().starts_with("line 2: "));
        assert!(read_accounts("buyer,0821234567").unwrap_err().starts_with("line 1: "));
        assert!(!format!("{:?}", read_accounts("buyer,0821234567,secret1").unwrap()).contains("secret1"));
    }
}

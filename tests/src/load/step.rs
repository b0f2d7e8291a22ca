//! What users ask for, and what must follow.

use reqwest::Method;

/// Makes an enum whose variants have a name for people, in the order in which they are shown.
macro_rules! named {
    ($(#[$doc:meta])* $enum:ident { $($(#[$variant_doc:meta])* $variant:ident => $name:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $enum { $($(#[$variant_doc])* $variant,)+ }

        impl $enum {
            /// What people call it.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }
        }
    };
}

named! {
    /// A request, by its route.
    Step {
        /// Sign up.
        SignUp => "POST /auth/signUp",
        /// Look for the code.
        Inbox => "GET /dev/inbox",
        /// Prove the number.
        Verify => "POST /auth/verify",
        /// Sign in.
        SignIn => "POST /auth/signIn",
        /// Get the next tokens.
        Refresh => "POST /auth/refresh",
        /// Look at oneself.
        Me => "GET /users/me",
        /// Ask what a job may cost.
        Suggest => "POST /jobs/suggestion",
        /// Post a job.
        Post => "POST /jobs",
        /// Read pages of open jobs.
        Browse => "GET /jobs",
        /// Search open jobs.
        Search => "GET /jobs/search",
        /// Look at a job.
        View => "GET /jobs/{jobId}",
        /// Bid.
        Bid => "POST /jobs/{jobId}/bids",
        /// Look at one's bid.
        OwnBid => "GET /jobs/{jobId}/bids/{bidId}",
        /// Compare the bids.
        Bids => "GET /jobs/{jobId}/bids",
        /// Say something.
        Say => "POST /jobs/{jobId}/bids/{bidId}/messages",
        /// Read what was said.
        Messages => "GET /jobs/{jobId}/bids/{bidId}/messages",
        /// Mark as read.
        Read => "POST /jobs/{jobId}/bids/{bidId}/messages/read",
        /// See with whom one talks.
        Conversations => "GET /conversations",
        /// Look whether there is something new.
        Notifications => "GET /notifications",
        /// Mark all as read.
        ReadAll => "POST /notifications/readAll",
        /// Accept a bid.
        Accept => "POST /jobs/{jobId}/bids/{bidId}/accept",
        /// Ask what it costs.
        Fee => "GET /fees/preview",
        /// Set out to pay.
        Pay => "POST /jobs/{jobId}/pay",
        /// Pay, at the simulated provider.
        Checkout => "POST /dev/checkout/{reference}",
        /// Come back from paying.
        CheckPayment => "POST /payments/{reference}/check",
        /// Hand the work in.
        Submit => "POST /jobs/{jobId}/submit",
        /// Confirm it.
        Confirm => "POST /jobs/{jobId}/confirm",
        /// See where the job's money went.
        Statement => "GET /jobs/{jobId}/statement",
        /// Say how it was.
        Review => "POST /jobs/{jobId}/review",
        /// Look at one's bank account.
        Account => "GET /users/me/bankAccount",
        /// Give a bank account.
        GiveAccount => "PUT /users/me/bankAccount",
        /// See what moved one's money.
        Transactions => "GET /transactions",
    }
}

impl Step {
    /// The method of its route.
    pub fn method(self) -> Method {
        match self.name().split(' ').next() {
            Some("POST") => Method::POST,
            Some("PUT") => Method::PUT,
            _ => Method::GET,
        }
    }

    /// Whether the request takes an `Idempotency-Key`: one that was told to wait, or lost its answer, is done once.
    pub fn takes_a_key(self) -> bool {
        self.method() == Method::POST && self != Self::Checkout
    }
}

named! {
    /// What must follow from what somebody did, without anybody asking for it.
    Follow {
        /// The code of a sign-up.
        Code => "a code arrives after the sign-up",
        /// A new job can be searched.
        Found => "a search finds the job after it was posted",
        /// The worker hears that the bid is accepted.
        Accepted => "the worker is told after the acceptance",
        /// The worker hears that the money is held.
        Funded => "the worker is told after the payment",
        /// Another worker's bid is lost.
        Lost => "other bids are lost after the payment",
        /// The buyer hears that the work is done.
        Submitted => "the buyer is told after the work was handed in",
        /// The worker has the money.
        Paid => "the payout arrives after it could be made",
    }
}

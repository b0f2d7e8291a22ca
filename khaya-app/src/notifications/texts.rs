//! What notifications say, in every language: one catalogue. A subject or a language without a text does not compile.

use khaya_domain::language::Language;

use super::Subject;

/// One text, in each language.
struct Text {
    english: &'static str,
    zulu: &'static str,
    xhosa: &'static str,
    afrikaans: &'static str,
}

impl Subject {
    /// What it says to a person. It names nobody and no amount.
    #[must_use]
    pub const fn text(&self, language: Language) -> &'static str {
        let text = self.texts();
        match language {
            Language::English => text.english,
            Language::Zulu => text.zulu,
            Language::Xhosa => text.xhosa,
            Language::Afrikaans => text.afrikaans,
        }
    }

    #[expect(clippy::too_many_lines, reason = "a catalogue")]
    const fn texts(&self) -> Text {
        match self {
            Self::BidReceived { .. } => Text {
                english: "There is a new bid on your job.",
                zulu: "Kunebhidi entsha emsebenzini wakho.",
                xhosa: "Kukho ibhidi entsha kumsebenzi wakho.",
                afrikaans: "Daar is 'n nuwe bod op jou werk.",
            },
            Self::BidRevised { .. } => Text {
                english: "A bid on your job has changed.",
                zulu: "Ibhidi emsebenzini wakho ishintshile.",
                xhosa: "Ibhidi kumsebenzi wakho itshintshile.",
                afrikaans: "'n Bod op jou werk het verander.",
            },
            Self::BidAccepted { .. } => Text {
                english: "Your bid was accepted. Wait for the payment to begin.",
                zulu: "Ibhidi yakho yamukelwe. Linda inkokhelo ngaphambi kokuqala.",
                xhosa: "Ibhidi yakho yamkelwe. Linda intlawulo phambi kokuqala.",
                afrikaans: "Jou bod is aanvaar. Wag vir die betaling voor jy begin.",
            },
            Self::BidRejected { .. } => Text {
                english: "Your bid was rejected.",
                zulu: "Ibhidi yakho yenqatshiwe.",
                xhosa: "Ibhidi yakho yaliwe.",
                afrikaans: "Jou bod is afgekeur.",
            },
            Self::BidExpired { .. } => Text {
                english: "The job that you bid on is not to be had any more.",
                zulu: "Umsebenzi owawufakele ibhidi awusatholakali.",
                xhosa: "Umsebenzi obuwufakele ibhidi awusafumaneki.",
                afrikaans: "Die werk waarop jy gebie het, is nie meer beskikbaar nie.",
            },
            Self::AcceptanceLapsed { .. } => Text {
                english: "The payment did not arrive in time. The job is open again.",
                zulu: "Inkokhelo ayifikanga ngesikhathi. Umsebenzi uvuliwe futhi.",
                xhosa: "Intlawulo ayifikanga ngexesha. Umsebenzi uvulekile kwakhona.",
                afrikaans: "Die betaling het nie betyds aangekom nie. Die werk is weer oop.",
            },
            Self::JobFunded { .. } => Text {
                english: "The payment is held. The work can begin.",
                zulu: "Inkokhelo igciniwe. Umsebenzi ungaqala.",
                xhosa: "Intlawulo igciniwe. Umsebenzi unokuqala.",
                afrikaans: "Die betaling word gehou. Die werk kan begin.",
            },
            Self::BidLost { .. } => Text {
                english: "The job went to another worker.",
                zulu: "Umsebenzi unikezwe omunye umuntu.",
                xhosa: "Umsebenzi unikwe omnye umntu.",
                afrikaans: "Die werk het na 'n ander werker gegaan.",
            },
            Self::PaymentHeldAside { .. } => Text {
                english: "A payment could not be used for the job. It will be refunded.",
                zulu: "Inkokhelo ayikwazanga ukusetshenziselwa lo msebenzi. Izobuyiselwa.",
                xhosa: "Intlawulo ayikwazanga ukusetyenziselwa lo msebenzi. Iza kubuyiselwa.",
                afrikaans: "'n Betaling kon nie vir die werk gebruik word nie. Dit sal terugbetaal word.",
            },
            Self::WorkSubmitted { .. } => Text {
                english: "The work is done. Confirm it, or ask for rework.",
                zulu: "Umsebenzi usuqediwe. Wuqinisekise, noma ucele ulungiswe.",
                xhosa: "Umsebenzi ugqityiwe. Wuqinisekise, okanye ucele ulungiswe.",
                afrikaans: "Die werk is klaar. Bevestig dit, of vra dat dit reggemaak word.",
            },
            Self::ReworkRequested { .. } => Text {
                english: "The buyer asks for rework.",
                zulu: "Umthengi ucela ukuthi umsebenzi ulungiswe.",
                xhosa: "Umthengi ucela ukuba umsebenzi ulungiswe.",
                afrikaans: "Die koper vra dat die werk reggemaak word.",
            },
            Self::JobReleased { .. } => Text {
                english: "The work is confirmed and the money released.",
                zulu: "Umsebenzi uqinisekisiwe futhi imali ikhishiwe.",
                xhosa: "Umsebenzi uqinisekisiwe kwaye imali ikhutshiwe.",
                afrikaans: "Die werk is bevestig en die geld vrygestel.",
            },
            Self::PayoutArrived => Text {
                english: "Your money is at the bank.",
                zulu: "Imali yakho isisebhange.",
                xhosa: "Imali yakho isebhankini.",
                afrikaans: "Jou geld is in die bank.",
            },
            Self::PayoutFailed => Text {
                english: "The bank did not take your money. Give your bank account again.",
                zulu: "Ibhange aliyamukelanga imali yakho. Nikeza i-akhawunti yakho yasebhange futhi.",
                xhosa: "Ibhanki ayiyamkelanga imali yakho. Nika iakhawunti yakho yebhanki kwakhona.",
                afrikaans: "Die bank het nie jou geld aanvaar nie. Gee weer jou bankrekening.",
            },
            Self::BankAccountNeeded => Text {
                english: "Money waits for you. Give a bank account, and it is paid.",
                zulu: "Kunemali ekulindile. Nikeza i-akhawunti yasebhange, uzokhokhelwa.",
                xhosa: "Kukho imali ekulindileyo. Nika iakhawunti yebhanki, uza kuhlawulwa.",
                afrikaans: "Daar wag geld vir jou. Gee 'n bankrekening, dan word dit betaal.",
            },
            Self::BankAccountChanged => Text {
                english: "Your bank account was changed, and payouts wait. If it was not you, change your password now.",
                zulu: "I-akhawunti yakho yasebhange ishintshiwe, izinkokhelo zisalinda. Uma kungesiwe wena, shintsha iphasiwedi yakho manje.",
                xhosa: "Iakhawunti yakho yebhanki itshintshiwe, iintlawulo zisalindile. Ukuba ayinguwe, tshintsha iphaswedi yakho ngoku.",
                afrikaans: "Jou bankrekening is verander, en uitbetalings wag. As dit nie jy was nie, verander nou jou wagwoord.",
            },
            Self::RefundArrived { .. } => Text {
                english: "Your money is back.",
                zulu: "Imali yakho ibuyile.",
                xhosa: "Imali yakho ibuyile.",
                afrikaans: "Jou geld is terug.",
            },
            Self::CancellationAsked { .. } => Text {
                english: "The other side asks to cancel the job. Agree, or go on.",
                zulu: "Olunye uhlangothi lucela ukukhansela umsebenzi. Vuma, noma qhubeka.",
                xhosa: "Elinye icala licela ukurhoxisa umsebenzi. Vuma, okanye qhubeka.",
                afrikaans: "Die ander kant vra om die werk te kanselleer. Stem in, of gaan voort.",
            },
            Self::JobCancelled { .. } => Text {
                english: "The job is cancelled. The money goes back to the buyer.",
                zulu: "Umsebenzi ukhanseliwe. Imali ibuyela kumthengi.",
                xhosa: "Umsebenzi urhoxisiwe. Imali ibuyela kumthengi.",
                afrikaans: "Die werk is gekanselleer. Die geld gaan terug na die koper.",
            },
            Self::DisputeRaised { .. } => Text {
                english: "There is a dispute about the job. Say your side.",
                zulu: "Kunengxabano ngomsebenzi. Chaza ngasohlangothini lwakho.",
                xhosa: "Kukho ingxabano malunga nomsebenzi. Chaza kwelakho icala.",
                afrikaans: "Daar is 'n dispuut oor die werk. Stel jou kant.",
            },
            Self::DisputeResolved { .. } => Text {
                english: "The dispute is decided.",
                zulu: "Ingxabano isinqunyiwe.",
                xhosa: "Ingxabano igqityiwe.",
                afrikaans: "Die dispuut is besleg.",
            },
            Self::CommissionEarned { .. } => Text {
                english: "Somebody you invited has finished a first job: you have earned a commission.",
                zulu: "Othile omememile uqede umsebenzi wokuqala: uthole ikhomishini.",
                xhosa: "Umntu ommemileyo ugqibe umsebenzi wokuqala: ufumene ikhomishini.",
                afrikaans: "Iemand wat jy genooi het, het 'n eerste werk voltooi: jy het kommissie verdien.",
            },
            Self::JobRefunded { .. } => Text {
                english: "The job was refunded to the buyer.",
                zulu: "Imali yomsebenzi ibuyiselwe kumthengi.",
                xhosa: "Imali yomsebenzi ibuyiselwe kumthengi.",
                afrikaans: "Die werk is aan die koper terugbetaal.",
            },
            Self::ReviewReceived { .. } => Text {
                english: "You have a new review.",
                zulu: "Unesibuyekezo esisha.",
                xhosa: "Unophononongo olutsha.",
                afrikaans: "Jy het 'n nuwe resensie.",
            },
            Self::SubscriptionPaid => Text {
                english: "Your subscription is paid for another month.",
                zulu: "Okubhalisele kukhokhelwe enye inyanga.",
                xhosa: "Umrhumo wakho uhlawulelwe enye inyanga.",
                afrikaans: "Jou intekening is vir nog 'n maand betaal.",
            },
            Self::RenewalFailed => Text {
                english: "Your subscription could not be renewed. Give another card.",
                zulu: "Okubhalisele akukwazanga ukuvuselelwa. Nikeza elinye ikhadi.",
                xhosa: "Umrhumo wakho awukwazanga ukuhlaziywa. Nika elinye ikhadi.",
                afrikaans: "Jou intekening kon nie hernu word nie. Gee 'n ander kaart.",
            },
            Self::MessageReceived { .. } => Text {
                english: "You have a new message about a job.",
                zulu: "Unomyalezo omusha mayelana nomsebenzi.",
                xhosa: "Unomyalezo omtsha malunga nomsebenzi.",
                afrikaans: "Jy het 'n nuwe boodskap oor 'n werk.",
            },
            Self::JobExpired { .. } => Text {
                english: "Your job has ended without an accepted bid.",
                zulu: "Umsebenzi wakho uphele ngaphandle kwebhidi eyamukelwe.",
                xhosa: "Umsebenzi wakho uphelile ngaphandle kwebhidi eyamkelweyo.",
                afrikaans: "Jou werk het geëindig sonder 'n aanvaarde bod.",
            },
        }
    }
}

#include <string>
#include <string_view>

#include "base/check.h"
#include "ledger/seal.h"
#include "targets.h"

namespace daybook::fuzz {

// Both documents, from the same bytes: what is read is written in the one spelling there is, which
// reads as the same again.
void fuzz_seal(std::string_view input) {
    const Result<ledger::Seal> seal = ledger::decode_seal(input, "a seal");
    if (seal) {
        const std::string text = ledger::encode_seal(*seal);
        const Result<ledger::Seal> again = ledger::decode_seal(text, "a seal");
        DAYBOOK_CHECK(again.has_value() && *again == *seal);
        DAYBOOK_CHECK(ledger::encode_seal(*again) == text);
    }
    const Result<ledger::Head> head = ledger::decode_head(input, "a head");
    if (head) {
        const std::string text = ledger::encode_head(*head);
        const Result<ledger::Head> again = ledger::decode_head(text, "a head");
        DAYBOOK_CHECK(again.has_value() && *again == *head);
        DAYBOOK_CHECK(ledger::encode_head(*again) == text);
    }
}

}  // namespace daybook::fuzz

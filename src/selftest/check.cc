#include "selftest/check.h"

#include "base/check.h"

namespace daybook::selftest {

const char* to_string(Verdict verdict) {
    switch (verdict) {
        case Verdict::kGood: return "good";
        case Verdict::kNote: return "note";
        case Verdict::kBad: return "BAD";
    }
    DAYBOOK_CHECK(false);
}

}  // namespace daybook::selftest

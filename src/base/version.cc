#include "base/version.h"

namespace daybook {

std::string_view version() { return DAYBOOK_VERSION; }

std::string_view compiler() {
#ifdef __clang__
    return "clang++ " __clang_version__;
#else
    return "g++ " __VERSION__;
#endif
}

}  // namespace daybook

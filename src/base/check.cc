#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace daybook::detail {

void check_failed(const char* condition, const char* file, int line) {
    std::fprintf(stderr, "daybook: internal error: check failed: %s (%s:%d)\n", condition, file,
                 line);
    std::abort();
}

}  // namespace daybook::detail

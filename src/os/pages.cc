#include "os/pages.h"

#include <sys/mman.h>

#include <cstdlib>

#include "base/check.h"

namespace daybook::os {
namespace {

constexpr std::size_t kLargePageBytes = std::size_t{2} << 20;

}  // namespace

Pages::Pages(std::size_t bytes) : bytes_(bytes) {
    const bool large = bytes % kLargePageBytes == 0;
    const std::size_t alignment = large ? kLargePageBytes : std::size_t{4096};
    data_ = static_cast<char*>(std::aligned_alloc(alignment, bytes));
    DAYBOOK_CHECK(data_ != nullptr);
    // A wish: without it all works, a little slower.
    if (large) (void)::madvise(data_, bytes, MADV_HUGEPAGE);
}

Pages::~Pages() { std::free(data_); }

}  // namespace daybook::os

// Part of every unit test's program: its runs record nothing of the repository that the tests are
// in.  Tests of capturing ask for it by name.
#include <cstdlib>

namespace {
[[maybe_unused]] const int kSet = ::setenv("DAYBOOK_CAPTURE", "off", 0);
}

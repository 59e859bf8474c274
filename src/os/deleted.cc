#include "os/deleted.h"

#include <sys/stat.h>

#include "os/syscalls.h"

namespace daybook::os {

bool is_deleted(int fd) {
    struct stat status{};
    return syscalls().fstat(fd, &status) == 0 && status.st_nlink == 0;
}

}  // namespace daybook::os

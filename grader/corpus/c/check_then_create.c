// 'Is it there?' is not the same as 'I have made it'.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static int claim(const char *path) {
#ifdef RIGHT
    int fd = open(path, O_CREAT | O_EXCL | O_WRONLY, 0600);
#else
    if (access(path, F_OK) == 0)
        return 0;
    int fd = open(path, O_CREAT | O_WRONLY, 0600);
#endif
    if (fd < 0)
        return 0;
    close(fd);
    return 1;
}

int main(void) {
    char folder[] = "/tmp/corpus_claim_XXXXXX", path[64];
    if (!mkdtemp(folder))
        return 1;
    snprintf(path, sizeof path, "%s/claimed", folder);
    int claimed = 0;
    for (int i = 0; i < 2; i++)
        if (fork() == 0)
            _exit(claim(path));
    int status;
    while (wait(&status) > 0)
        claimed += WEXITSTATUS(status);
    printf("claimed by %d\n", claimed);
    unlink(path);
    rmdir(folder);
    return 0;
}

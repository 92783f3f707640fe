/*
 * rusage [-t SECONDS] OUTFILE COMMAND [ARGUMENT ...]
 *
 * Runs COMMAND and writes what the kernel's own accounting says of the finished process (all its threads, start-up
 * included) to OUTFILE as one line of JSON. The same yardstick for every opponent, whatever it says of itself. A small
 * parent matters: a process forked from a large one would show the large one's memory as its peak.
 *
 * -t ends a command that has no end of its own: SIGTERM after SECONDS, SIGKILL three seconds later.
 * The soft limit of open files is raised to the hard one. The command dies with this process.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile pid_t child;
static volatile sig_atomic_t alarms;

static void on_signal(int number) {
  if (child <= 0) return;
  if (number != SIGALRM) {
    kill(child, number);
    return;
  }
  kill(child, alarms++ == 0 ? SIGTERM : SIGKILL);
  alarm(3);
}

static double seconds(struct timeval t) { return (double)t.tv_sec + (double)t.tv_usec / 1e6; }

int main(int count, char **words) {
  int at = 1;
  unsigned limit = 0;
  if (count > 3 && strcmp(words[1], "-t") == 0) {
    limit = (unsigned)atoi(words[2]);
    at = 3;
  }
  if (count < at + 2) {
    fprintf(stderr, "usage: rusage [-t SECONDS] OUTFILE COMMAND [ARGUMENT ...]\n");
    return 2;
  }

  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);

  struct timespec start, end;
  pid_t self = getpid();
  clock_gettime(CLOCK_MONOTONIC, &start);
  pid_t pid = fork();
  if (pid < 0) {
    perror("rusage: fork");
    return 1;
  }
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != self) _exit(127); /* the parent was gone before the line above */
    execvp(words[at + 1], words + at + 1);
    fprintf(stderr, "rusage: %s: %s\n", words[at + 1], strerror(errno));
    _exit(127);
  }
  child = pid;
  struct sigaction action = {.sa_handler = on_signal};
  sigaction(SIGTERM, &action, NULL);
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGALRM, &action, NULL);
  alarm(limit);

  int status;
  struct rusage used;
  while (wait4(pid, &status, 0, &used) < 0)
    if (errno != EINTR) {
      perror("rusage: wait4");
      return 1;
    }
  clock_gettime(CLOCK_MONOTONIC, &end);
  child = 0;

  FILE *out = fopen(words[at], "w");
  if (!out) {
    perror("rusage: OUTFILE");
    return 1;
  }
  fprintf(out,
          "{\"exit\":%d,\"signal\":%d,\"wallSeconds\":%.6f,\"userSeconds\":%.6f,\"systemSeconds\":%.6f,\"maxRssKiB\":%ld}\n",
          WIFEXITED(status) ? WEXITSTATUS(status) : -1, WIFSIGNALED(status) ? WTERMSIG(status) : 0,
          (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9, seconds(used.ru_utime),
          seconds(used.ru_stime), used.ru_maxrss);
  if (fclose(out) != 0) {
    perror("rusage: OUTFILE");
    return 1;
  }
  return 0;
}

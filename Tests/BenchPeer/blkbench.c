// SPDX-License-Identifier: Apache-2.0
//
// What the disk-bench guest does, for Linux: the same requests at the same places, past the page cache, with the
// kernel's asynchronous I/O. In: r, w or f; bytes of a request; how many at a time; how many in all; the device.
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define DEPTH_LIMIT 64

static unsigned long long state = 1;
static unsigned long long block_count;

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static unsigned long long next_place(size_t block) {
  state = state * 6364136223846793005ULL + 1442695040888963407ULL;
  return (state >> 33) % block_count * block;
}

static int flush(int disk, char *buffer, size_t block, int count) {
  int errors = 0;
  for (int i = 0; i < count; i++) {
    if (pwrite(disk, buffer, block, next_place(block)) != (ssize_t)block) errors++;
    if (fsync(disk)) errors++;
  }
  return errors;
}

static int transfer(int disk, char *buffer, size_t block, int opcode, int depth, int count) {
  aio_context_t context = 0;
  struct iocb requests[DEPTH_LIMIT];
  int busy[DEPTH_LIMIT] = {0}, left = count, under_way = 0, errors = 0;
  if (syscall(SYS_io_setup, depth, &context)) return count;
  while (left > 0 || under_way > 0) {
    struct iocb *wanted[DEPTH_LIMIT];
    int number = 0;
    for (int i = 0; i < depth && left > 0; i++) {
      if (busy[i]) continue;
      busy[i] = 1;
      left--;
      memset(&requests[i], 0, sizeof requests[i]);
      requests[i].aio_data = i;
      requests[i].aio_lio_opcode = opcode;
      requests[i].aio_fildes = disk;
      requests[i].aio_buf = (unsigned long)(buffer + i * block);
      requests[i].aio_nbytes = block;
      requests[i].aio_offset = next_place(block);
      wanted[number++] = &requests[i];
    }
    if (number > 0 && syscall(SYS_io_submit, context, number, wanted) != number) return count;
    under_way += number;
    struct io_event events[DEPTH_LIMIT];
    int ended = syscall(SYS_io_getevents, context, 1, DEPTH_LIMIT, events, NULL);
    for (int i = 0; i < ended; i++) {
      if (events[i].res != (long long)block) errors++;
      busy[events[i].data] = 0;
      under_way--;
    }
  }
  return errors;
}

int main(int argc, char **argv) {
  if (argc != 6) return 64;
  size_t block = strtoul(argv[2], NULL, 10);
  int depth = atoi(argv[3]), count = atoi(argv[4]);
  unsigned long long bytes;
  char *buffer;
  int disk = open(argv[5], O_RDWR | O_DIRECT);
  if (depth < 1 || depth > DEPTH_LIMIT || disk < 0 || ioctl(disk, BLKGETSIZE64, &bytes)) return 1;
  if (posix_memalign((void **)&buffer, 4096, block * depth)) return 1;
  memset(buffer, 0x5a, block * depth);
  block_count = bytes / block;
  long long start = now();
  int errors = argv[1][0] == 'f'
                   ? flush(disk, buffer, block, count)
                   : transfer(disk, buffer, block,
                              argv[1][0] == 'r' ? IOCB_CMD_PREAD : IOCB_CMD_PWRITE, depth, count);
  printf("%s=%zu,%d,%d %lld errors %d\n", argv[1], block, depth, count, now() - start, errors);
  return errors != 0;
}

package dev.lanewise.jmh.tracker.profile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class StacksTest {
  private static final String STUB =
      "org/sample/jmh_generated/Sorting_merge_jmhTest.merge_thrpt_jmhStub";
  private static final String COLLAPSED =
      "start_thread;java/lang/Thread.run_[0];"
          + STUB
          + "_[j];org/sample/Sorting.merge_[i] 30\n"
          + "start_thread;java/lang/Thread.run_[0];"
          + STUB
          + "_[j];org/sample/Heap.sift_[j];"
          + "org/sample/Heap.less_[i] 70\n"
          + "start_thread;java/lang/Thread.run_[0];org/sample/Sorting.setUp_[j] 900\n"
          + "start_thread;GCTaskThread 500\n";

  @Test
  void theHottestCodeIsTheInnermostThatWasCompiledByItself() {
    assertEquals(
        "org.sample.Heap::sift", Stacks.parse(COLLAPSED).ofBenchmark().hottestCode().orElseThrow());
    assertTrue(Stacks.parse("a_[0];b_[1] 3\n").hottestCode().isEmpty());
  }

  @Test
  void theStacksOfTheBenchmarkBeginAtItsStubAndLeaveTheSetUpOut() {
    Stacks benchmark = Stacks.parse(COLLAPSED).ofBenchmark();
    assertFalse(benchmark.toString().contains("setUp"), benchmark.toString());
    assertEquals(100, benchmark.samples());
    assertTrue(benchmark.toString().startsWith(STUB));
  }

  @Test
  void aJvmThatRanNoBenchmarkIsNotTheFork() {
    assertTrue(Stacks.parse(COLLAPSED).isOfFork());
    assertFalse(Stacks.parse("start_thread;GCTaskThread 500\n").isOfFork());
  }
}

package dev.lanewise.jmh.python;

/** Who computes. */
public enum PythonSide {
  LANEWISE,
  /** PyTorch as it is called, operator by operator. */
  PYTORCH,
  /** The forward and backward pass by {@code torch.compile}. */
  PYTORCH_COMPILED
}

#!/usr/bin/env node
import { CommanderError } from "commander";
import { exitCodes } from "../runtime/errors.ts";
import { endProcess } from "./endProcess.ts";
import { createProgram } from "./program.ts";

try {
  await createProgram().parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  endProcess(error.exitCode === 0 ? exitCodes.ok : exitCodes.usage); // it has said what was wrong
}

#!/usr/bin/env node
import { calledAs } from '../cli/called-as.js'
import { sinkDoor } from '../cli/smtp-sink.js'

process.exitCode = await sinkDoor(calledAs(), process.argv.slice(2))

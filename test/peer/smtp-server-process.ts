/** nodemailer's smtp-server in a process of its own: takes everything, tells its port by a message, ends with whoever started it. */
import { SMTPServer } from 'smtp-server'

const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS'],
  onData: (stream, _session, done) => {
    stream.on('end', () => done()).resume()
  },
})
server.on('error', () => {})
server.listen(0, '127.0.0.1', () => process.send!((server.server.address() as { port: number }).port))
process.on('disconnect', () => process.exit())
